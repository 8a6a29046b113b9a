# What every target of the project is compiled with.
function(purser_target name)
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wconversion -Wshadow -Werror
    $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>)
  if(PURSER_SANITIZE)
    target_compile_options(${name} PRIVATE -fsanitize=${PURSER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${name} PUBLIC -fsanitize=${PURSER_SANITIZE})
  endif()
endfunction()

# A library that is installed: purser::NAME, of the target purser_NAME.
#
# Its code may become part of a shared object, a module of another language for example, which then exports nothing of
# it. purser::Error is hidden with the rest: a program or shared object holds the library that throws and the code that
# catches, and where two of them hold a copy each, libstdc++ compares types by their names.
function(purser_library name)
  set(target purser_${name})
  add_library(${target} STATIC ${ARGN})
  add_library(purser::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${name}
    POSITION_INDEPENDENT_CODE ON
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  purser_target(${target})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target}
    PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    PRIVATE ${PROJECT_SOURCE_DIR}/src)
  install(TARGETS ${target} EXPORT purserTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endfunction()

# A program of tests. Not optimised (a little under tsan, which is slow): it is compiled far more often than it
# runs. A test that hangs is ended, so that it is named; none needs a tenth of that time.
function(purser_tests name)
  purser_target(${name})
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O0> $<$<CONFIG:RelWithDebInfo>:-O1>)
  gtest_discover_tests(${name} PROPERTIES TIMEOUT 600)
endfunction()
