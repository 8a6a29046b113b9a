# What every target of the project is compiled with.
function(purser_target name)
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wconversion -Wshadow -Werror)
  if(PURSER_SANITIZE)
    target_compile_options(${name} PRIVATE -fsanitize=${PURSER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${name} PUBLIC -fsanitize=${PURSER_SANITIZE})
  endif()
endfunction()
