"""The sets of a phase on each past day on which an upload could have changed them, and the uploads that did."""
