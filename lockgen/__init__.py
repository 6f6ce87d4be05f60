"""lockgen: versioned YAML matrices in, proved constraints and lock files for every Python x OS target out."""

__version__ = "0.1.0"
