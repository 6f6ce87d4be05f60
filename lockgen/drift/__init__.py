"""What changed since a set was committed: the listing of its files, its versions, whether there still is one."""
