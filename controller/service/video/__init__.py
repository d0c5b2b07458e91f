"""Looking: pulls recordings and live pictures from gates, opens them in memory, and yields them to who may see them."""
