"""Facts about parsed values: how two differ, whether a number is in bounds, what a page may show of one."""
