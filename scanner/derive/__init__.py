"""Hard facts made from raw ones, in a fixed order: match, compare, owners, alarm reach."""
