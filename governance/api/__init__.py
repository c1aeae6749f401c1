"""What every API of the project is made of: sign-in, permission, throttling, errors, parameters, paging."""
