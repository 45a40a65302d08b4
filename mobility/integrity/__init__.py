"""What must hold whatever happens (docs/invariants.md), reckoned from the nouns alone: nothing here knows how a plan is made."""
