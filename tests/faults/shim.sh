# shim.sh - puts the loader of opencl_shim.c before the real one, so that PoCL poses as a GPU.
vendors pocl
[ -f "${CLENET_SHIM:?is to name the folder of the shim}/libOpenCL.so.1" ] || skip "no shim was built"
for real in /usr/lib/*/libOpenCL.so.1 /usr/lib/libOpenCL.so.1 /usr/lib64/libOpenCL.so.1; do
    [ -f "$real" ] && break
done
[ -f "$real" ] || skip "no libOpenCL.so.1"
LD_LIBRARY_PATH=$CLENET_SHIM${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
CLENET_SHIM_REAL=$real CLENET_SHIM_GPU=1
export LD_LIBRARY_PATH CLENET_SHIM_REAL CLENET_SHIM_GPU
