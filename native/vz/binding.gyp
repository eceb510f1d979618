{
  "targets": [
    {
      "target_name": "vz",
      "sources": ["<!@(node -p \"require('fs').readdirSync('.').filter((name) => name.endsWith('.mm')).join(' ')\")"],
      "include_dirs": ["<!@(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=9", "NAPI_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED"],
      "conditions": [
        [
          "OS=='mac'",
          {
            "xcode_settings": {
              "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
              "CLANG_ENABLE_OBJC_ARC": "YES",
              "CLANG_ENABLE_OBJC_WEAK": "YES",
              "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
              "MACOSX_DEPLOYMENT_TARGET": "13.0",
              "OTHER_CFLAGS": ["-Wall", "-Wextra", "-Wno-unused-parameter", "-Wunguarded-availability"]
            },
            "libraries": [
              "-framework Foundation",
              "-framework AppKit",
              "-framework Security",
              "-framework Virtualization",
              "-weak_framework vmnet"
            ]
          }
        ]
      ]
    }
  ]
}
