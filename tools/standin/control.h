// The control port: the state of the stand-in, and its switches.
//
//   GET  /state      what happened at each service, as JSON
//   GET  /switches   each switch and its value
//   POST /switch     {"name":"keepa.fault","value":"slow","times":1}; `times` may be left out
//   POST /reset      sets the counters to zero; what the services hold stays
#pragma once

#include "standin/amazon/lwa.h"
#include "standin/amazon/spapi.h"
#include "standin/keepa/keepa.h"
#include "standin/switches.h"
#include "standin/wire/http.h"
#include "standin/xai/xai.h"

namespace standin {

struct Services {
  Keepa& keepa;
  Xai& xai;
  Lwa& lwa;
  Spapi &spapi, &sandbox;
};

class Control {
 public:
  Control(Now now, Switches& switches, Services services);

  Response respond(const Request& request);

 private:
  nlohmann::json state();
  void reset();
  Response set_switch(const Request& request);

  const Now now_;
  Switches& switches_;
  const Services services_;
};

}  // namespace standin
