# Compiles migrations/*.sql and schema/views.sql into the library, each with its SHA-256.
# A migration is a pair NNNN_name.up.sql / NNNN_name.down.sql; the numbers have no gap.
function(purser_embed_sql out_variable out_file)
  file(GLOB ups CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/migrations/*.up.sql)
  set(views ${CMAKE_CURRENT_SOURCE_DIR}/schema/views.sql)
  list(SORT ups)
  set(entries "")
  set(expected 1)
  foreach(up IN LISTS ups)
    get_filename_component(stem ${up} NAME)
    string(REGEX MATCH "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)\\.up\\.sql$" matched ${stem})
    if(NOT matched)
      message(FATAL_ERROR "${stem}: a migration is named NNNN_name.up.sql")
    endif()
    set(number ${CMAKE_MATCH_1})
    set(name ${CMAKE_MATCH_2})
    math(EXPR version "1${number} - 10000")
    if(NOT version EQUAL expected)
      message(FATAL_ERROR "${stem}: expected migration ${expected}")
    endif()
    math(EXPR expected "${expected} + 1")
    string(REPLACE ".up.sql" ".down.sql" down ${up})
    file(READ ${up} up_sql)
    file(READ ${down} down_sql)
    file(SHA256 ${up} checksum)
    string(APPEND entries
      "    {${version}, \"${name}\", \"${checksum}\",\nR\"purser-sql(${up_sql})purser-sql\",\nR\"purser-sql(${down_sql})purser-sql\"},\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${up} ${down})
  endforeach()
  file(READ ${views} views_sql)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${views})
  file(CONFIGURE OUTPUT ${out_file} @ONLY CONTENT [=[
// Made by tools/cmake/EmbedSql.cmake from migrations/ and schema/views.sql.
#include "store/schema/embedded_sql.h"

#include <iterator>

namespace purser::store {
namespace {
constexpr Migration kMigrations[] = {
@entries@};
static_assert(std::size(kMigrations) == newest_version(), "newest_version() in store/schema/schema_version.h");
constexpr char kViews[] = R"purser-sql(@views_sql@)purser-sql";
}  // namespace

std::span<const Migration> embedded_migrations() { return kMigrations; }
std::string_view embedded_views() { return kViews; }
}  // namespace purser::store
]=])
  set(${out_variable} ${out_file} PARENT_SCOPE)
endfunction()
