# Two pages of stack for the user's program.

        STACK   user, user_stack, user_stack_top

        .section .user.stack, "aw", @nobits
user_stack:
        .skip   8192
user_stack_top:
