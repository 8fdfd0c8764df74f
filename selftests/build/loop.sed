# kernel/rcu/tree.c
# The main loop of a thread of the kernel's own, which no transition gets out of it.
/^static int __noreturn rcu_gp_kthread/,/^}/s/cond_resched_tasks_rcu_qs();/&\n			cond_resched();/
