/* Calls a function through the library, and the library through a closure. */
#include <ffi.h>

static double scale(double number, int factor)
{
    return number * factor;
}

static void add_to(ffi_cif *cif, void *result, void **arguments, void *extra)
{
    (void)cif;
    *(ffi_sarg *)result = *(int *)arguments[0] + *(int *)extra;
}

int main(void)
{
    ffi_cif cif;
    double number = 2.5, product = 0;
    int factor = 4, base = 40;

    ffi_type *types[] = {&ffi_type_double, &ffi_type_sint};
    void *values[] = {&number, &factor};
    if (ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 2, &ffi_type_double, types) != FFI_OK)
        return 1;
    ffi_call(&cif, FFI_FN(scale), &product, values);
    if (product != 10.0)
        return 2;

    void *code;
    ffi_type *one[] = {&ffi_type_sint};
    ffi_closure *closure = ffi_closure_alloc(sizeof *closure, &code);
    if (!closure || ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 1, &ffi_type_sint, one) != FFI_OK)
        return 3;
    if (ffi_prep_closure_loc(closure, &cif, add_to, &base, code) != FFI_OK)
        return 4;
    int sum = ((int (*)(int))code)(2);
    ffi_closure_free(closure);
    return sum == 42 ? 0 : 5;
}
