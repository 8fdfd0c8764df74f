# fs/file_table.c
# A function with a static variable of its own, which stays the kernel's.
/^struct file \*alloc_empty_file(/,/^}/{
/^	if (get_nr_files() >= files_stat.max_files/i\
	pr_info_once("klp: a file is opened\\n");
}
