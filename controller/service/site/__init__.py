"""What a site knows beforehand: holders, passes, photos, policies and screens of gates, what is enrolled."""
