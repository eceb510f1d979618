{
  "targets": [
    {
      "target_name": "confine",
      "type": "executable",
      "sources": ["confine.c", "filter.c"],
      "cflags_c": ["-std=c11", "-Wall", "-Wextra"]
    },
    {
      "target_name": "confine-probe",
      "type": "executable",
      "sources": ["probe.c"],
      "cflags_c": ["-std=c11", "-Wall", "-Wextra"]
    }
  ]
}
