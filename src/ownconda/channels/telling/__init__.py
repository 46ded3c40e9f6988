"""What people are told of channels: changelogs, notices, where a package is used, whether all is sound."""
