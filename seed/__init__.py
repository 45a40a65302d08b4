"""An invented county, written as standard files and imported by the public way in."""
