"""`python -m playground train | predict | check | bench | weights`: the playground without a browser."""

# Children of the fork server import this file as `__mp_main__`: they must find nothing to do.
if __name__ == "__main__":
    import sys

    from playground.command_line import main

    sys.exit(main(sys.argv[1:]))
