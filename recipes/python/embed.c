/* A program with Python inside: argument 1 is the wanted version. */
#include <Python.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc != 2 || strncmp(argv[1], Py_GetVersion(), strlen(argv[1])))
        return 1;
    Py_Initialize();
    int failed = PyRun_SimpleString("import json, zlib; assert json.loads('[1]') == [1]");
    return Py_FinalizeEx() || failed ? 2 : 0;
}
