# SQLite from its one big file, in the place of the system's: SQLite::SQLite3 is then a static library of this build,
# also for SQLiteCpp, whose archive links against whatever has that name. (`tools/fetch-sqlite` gets a release.)
function(purser_use_sqlite_amalgamation folder)
  foreach(file sqlite3.c sqlite3.h)
    if(NOT EXISTS ${folder}/${file})
      message(FATAL_ERROR "PURSER_SQLITE_AMALGAMATION: there is no ${folder}/${file}. `tools/fetch-sqlite` gets both files.")
    endif()
  endforeach()
  set(version_line "^#define SQLITE_VERSION_NUMBER +([0-9]+)")
  foreach(file sqlite3.c sqlite3.h)
    file(STRINGS ${folder}/${file} line REGEX ${version_line} LIMIT_COUNT 1)
    string(REGEX REPLACE "${version_line}.*" "\\1" version_of_${file} "${line}")
  endforeach()
  if(NOT version_of_sqlite3.c EQUAL version_of_sqlite3.h OR version_of_sqlite3.h LESS 3040001)
    message(FATAL_ERROR "PURSER_SQLITE_AMALGAMATION: ${folder} has SQLite ${version_of_sqlite3.c} and the header of "
      "${version_of_sqlite3.h}: both must be one release, 3.40.1 or later")
  endif()
  message(STATUS "SQLite ${version_of_sqlite3.h} of ${folder} takes the place of the system's")

  add_library(purser_sqlite STATIC ${folder}/sqlite3.c)
  add_library(SQLite::SQLite3 ALIAS purser_sqlite)
  set_target_properties(purser_sqlite PROPERTIES EXPORT_NAME sqlite3 POSITION_INDEPENDENT_CODE ON)
  target_include_directories(purser_sqlite PUBLIC
    $<BUILD_INTERFACE:${folder}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/purser-sqlite>)
  # As Debian builds it, as far as it matters here: what was deleted is overwritten, a sync is an fdatasync, reading
  # and writing are one call each, and SQLiteCpp finds the functions that it was built for.
  target_compile_definitions(purser_sqlite PRIVATE
    SQLITE_THREADSAFE=1 SQLITE_SECURE_DELETE SQLITE_ENABLE_COLUMN_METADATA SQLITE_ENABLE_MATH_FUNCTIONS
    HAVE_FDATASYNC=1 HAVE_USLEEP=1 HAVE_PREAD=1 HAVE_PWRITE=1 HAVE_PREAD64=1 HAVE_PWRITE64=1
    HAVE_GMTIME_R=1 HAVE_LOCALTIME_R=1 HAVE_ISNAN=1 HAVE_STRCHRNUL=1 HAVE_STDINT_H=1)
  target_compile_options(purser_sqlite PRIVATE -w)  # its warnings are its authors'
  target_link_libraries(purser_sqlite PUBLIC Threads::Threads ${CMAKE_DL_LIBS} m)

  # SQLiteCpp looks for a system's SQLite of its own, and takes the target that is there: it need not look.
  set(SQLite3_INCLUDE_DIR ${folder} PARENT_SCOPE)
  set(SQLite3_LIBRARY purser_sqlite PARENT_SCOPE)
endfunction()
