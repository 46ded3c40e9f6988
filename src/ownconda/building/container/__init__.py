"""Workers in containers: an image's compilers and C library, with ownconda's own Python brought along."""
