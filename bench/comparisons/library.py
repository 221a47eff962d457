TITLE = ""
SIMULATOR_ONLY = False
def measure(context):
    raise Exception
