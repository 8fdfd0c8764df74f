# fs/proc/array.c
# A table of strings that functions of its file alone use: they come with it.
s/"S (sleeping)"/"S (patched)"/
