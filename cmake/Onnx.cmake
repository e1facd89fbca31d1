# Defines clenet_onnx_schema, the messages of ONNX in C; their header is <onnx.pb-c.h>. The compiler's warnings are off: it is
# generated code.
function(clenet_add_onnx_schema)
    set(folder "${PROJECT_SOURCE_DIR}/src/lib/export")
    set(made "${PROJECT_BINARY_DIR}/onnx")
    file(MAKE_DIRECTORY "${made}")
    add_custom_command(OUTPUT "${made}/onnx.pb-c.c" "${made}/onnx.pb-c.h"
                       COMMAND "${CLENET_PROTOC_C}" "--proto_path=${folder}" "--c_out=${made}" "${folder}/onnx.proto"
                       DEPENDS "${folder}/onnx.proto" VERBATIM)
    add_library(clenet_onnx_schema OBJECT "${made}/onnx.pb-c.c" "${made}/onnx.pb-c.h")
    target_include_directories(clenet_onnx_schema SYSTEM PUBLIC "${made}" "${CLENET_PROTOBUF_C_INCLUDE_DIR}")
    target_link_libraries(clenet_onnx_schema PRIVATE clenet_hardening)
endfunction()
