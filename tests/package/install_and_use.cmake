# Installs PURSER_BUILD to a prefix of its own, builds CONSUMER against it, and looks at what that prints.
file(REMOVE_RECURSE ${WORK})
set(prefix ${WORK}/prefix)

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGV " " words)
    message(FATAL_ERROR "${words}: ${status}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect file)
  if(NOT EXISTS ${prefix}/${file})
    message(FATAL_ERROR "${file} was not installed")
  endif()
endfunction()

run(${CMAKE_COMMAND} --install ${PURSER_BUILD} --prefix ${prefix})
expect(bin/purser)
expect(include/purser/keepa.h)
expect(include/purser/keepa_service.h)
expect(libexec/purser/purser-net)
run(${prefix}/bin/purser --version)
if(NOT output MATCHES "${VERSION}")
  message(FATAL_ERROR "`purser --version` says ${output}, not ${VERSION}")
endif()

# The installed purser finds the installed purser-net, which misses the key that nobody set.
if(SERVICES)
  expect(libexec/purser/purser-net)
  run(${prefix}/bin/purser --db ${WORK}/purser.db init)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env --unset=KEEPA_API_KEY
      ${prefix}/bin/purser --db ${WORK}/purser.db keepa refresh --json
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_QUIET)
  if(NOT status EQUAL 78 OR NOT output MATCHES "no_api_key")
    message(FATAL_ERROR "`purser keepa refresh` without a key: ${status}\n${output}")
  endif()
endif()

run(${CMAKE_COMMAND} -S ${CONSUMER} -B ${WORK}/build -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${CXX_COMPILER}
  -DCMAKE_PREFIX_PATH=${prefix} -DPURSER_WANTED=${VERSION})
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/operator ${WORK}/consumer.db)
if(NOT output STREQUAL "created, whole\nno_database\n")
  message(FATAL_ERROR "the operator's program printed\n${output}")
endif()
run(${WORK}/build/worker ${WORK}/consumer.db)
set(expected "granted, available -25\nrefused at -25, target 55\nsettled, available 10\n")
if(NOT output STREQUAL expected)
  message(FATAL_ERROR "the worker printed\n${output}\nand not\n${expected}")
endif()
# What calls services: it finds no key and says so, and that the installed program hands over to the other one.
run(${CMAKE_COMMAND} -E env --unset=KEEPA_API_KEY --unset=XAI_API_KEY --unset=XAI_TOKEN
  ${WORK}/build/caller ${WORK}/consumer.db)
if(NOT output STREQUAL "no_api_key\ncache: true\n")
  message(FATAL_ERROR "the caller printed\n${output}")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -E env --unset=KEEPA_API_KEY
  ${prefix}/bin/purser --db ${WORK}/consumer.db keepa refresh RESULT_VARIABLE status ERROR_VARIABLE output)
if(NOT status EQUAL 78 OR NOT output MATCHES "KEEPA_API_KEY")
  message(FATAL_ERROR "`purser keepa refresh` of the installation: ${status}\n${output}")
endif()
