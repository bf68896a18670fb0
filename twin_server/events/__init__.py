"""What happened, told to others: CloudEvents by webhooks from an outbox."""
