/* api.h - OpenCL's functions, from a loader opened at run time.
 *
 * So a program that uses this starts on every machine, also without a loader. This is the only header of clenet that includes
 * CL/cl.h. */
#ifndef CLENET_LIB_BACKEND_OPENCL_API_H
#define CLENET_LIB_BACKEND_OPENCL_API_H

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120
#endif
#include <CL/cl.h>

#include "lib/base/on_demand.h"
#include "lib/base/status.h"

/* Every function of OpenCL 1.2 that clenet calls. */
#define OPENCL_FUNCTIONS(F)        \
    F(clGetPlatformIDs)            \
    F(clGetPlatformInfo)           \
    F(clGetDeviceIDs)              \
    F(clGetDeviceInfo)             \
    F(clCreateContext)             \
    F(clReleaseContext)            \
    F(clCreateCommandQueue)        \
    F(clReleaseCommandQueue)       \
    F(clCreateBuffer)              \
    F(clReleaseMemObject)          \
    F(clCreateProgramWithSource)   \
    F(clCreateProgramWithBinary)   \
    F(clBuildProgram)              \
    F(clGetProgramInfo)            \
    F(clGetProgramBuildInfo)       \
    F(clReleaseProgram)            \
    F(clCreateKernel)              \
    F(clReleaseKernel)             \
    F(clSetKernelArg)              \
    F(clGetKernelWorkGroupInfo)    \
    F(clEnqueueNDRangeKernel)      \
    F(clEnqueueReadBuffer)         \
    F(clEnqueueWriteBuffer)        \
    F(clEnqueueFillBuffer)         \
    F(clEnqueueMarkerWithWaitList) \
    F(clGetEventProfilingInfo)     \
    F(clWaitForEvents)             \
    F(clReleaseEvent)              \
    F(clFlush)                     \
    F(clFinish)

typedef struct opencl_api {
    void *library;
    OPENCL_FUNCTIONS(ON_DEMAND_MEMBER)
} opencl_api;

/* Opens the OpenCL loader. Error: CLENET_ERROR_DEVICE, "no OpenCL loader is installed ...", "the OpenCL loader L cannot be loaded:
 * ..." or "the OpenCL loader L is too old: ...". */
clenet_status opencl_api_open(opencl_api *api, clenet_error *error);
void opencl_api_close(opencl_api *api);

/* "CL_INVALID_KERNEL_ARGS" for -52; "unknown OpenCL error" for a code that no standard header names. */
const char *opencl_error_name(cl_int code);

/* CLENET_ERROR_DEVICE: "CALL failed on DEVICE: NAME (CODE)". */
clenet_status opencl_error(clenet_error *error, cl_int code, const char *call, const char *device);

#endif
