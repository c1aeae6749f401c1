"""The forms of governance's pages."""
