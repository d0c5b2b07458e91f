"""Operations: what opens them, roll and search while they are open, orders to doors, reports; reconfirmation."""
