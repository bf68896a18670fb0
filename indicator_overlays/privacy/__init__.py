"""What readers without the right may see of sensitive values of single buildings."""
