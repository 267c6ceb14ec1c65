import { createApp } from "vue";
import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "./pad/pad.css";
import PadView from "./views/PadView.vue";

createApp(PadView).mount("#app");
