# What every target of the project is compiled with.
function(purser_target name)
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wconversion -Wshadow -Werror)
  if(PURSER_SANITIZE)
    target_compile_options(${name} PRIVATE -fsanitize=${PURSER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${name} PUBLIC -fsanitize=${PURSER_SANITIZE})
  endif()
endfunction()

# A program of tests. Not optimised (a little under tsan, which is slow): it is compiled far more often than it
# runs. A test that hangs is ended, so that it is named; none needs a tenth of that time.
function(purser_tests name)
  purser_target(${name})
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O0> $<$<CONFIG:RelWithDebInfo>:-O1>)
  gtest_discover_tests(${name} PROPERTIES TIMEOUT 600)
endfunction()
