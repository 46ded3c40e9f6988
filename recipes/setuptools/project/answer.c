/* The smallest extension module. */
#include <Python.h>

static PyObject *answer(PyObject *self, PyObject *arguments)
{
    (void)self, (void)arguments;
    return PyLong_FromLong(42);
}

static PyMethodDef functions[] = {{"answer", answer, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef module = {PyModuleDef_HEAD_INIT, "_answer", NULL, -1, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__answer(void)
{
    return PyModule_Create(&module);
}
