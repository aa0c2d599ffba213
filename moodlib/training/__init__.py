"""What makes the models; imported by nothing that serves."""
