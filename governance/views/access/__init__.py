"""The pages about access: who may do what, who asks, who decides, and who looks again."""
