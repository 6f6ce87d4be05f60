"""Stage: one request and a source of packages in, one outcome out."""
