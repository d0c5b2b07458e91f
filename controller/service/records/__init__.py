"""The life of a record: taken in, opened, folded, forgotten on time; and the truth that a controller tells of them."""
