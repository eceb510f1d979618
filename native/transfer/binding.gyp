{
  "targets": [
    {
      "target_name": "transfer",
      "sources": ["transfer.cc", "decoder.cc", "encoder.cc", "sparse-file.cc"],
      "include_dirs": ["<!@(node -p \"require('node-addon-api').include_dir\")", "<!(node lz4.mjs include)"],
      "libraries": ["<!@(node lz4.mjs library)"],
      "defines": ["NAPI_VERSION=9", "NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED"],
      "cflags": ["-O3"],
      "cflags_cc": ["-std=c++17", "-Wall", "-Wextra", "-Wno-unused-parameter"],
      # Else another liblz4 in the process, such as that of libsystemd, would be called in place of the one linked here.
      "ldflags": ["-Wl,--exclude-libs,liblz4.a"],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
        "GCC_OPTIMIZATION_LEVEL": "3",
        "MACOSX_DEPLOYMENT_TARGET": "13.0"
      }
    }
  ]
}
