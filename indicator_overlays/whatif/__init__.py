"""What if: projects done, standards changed, a portfolio chosen; nothing stored is altered."""
