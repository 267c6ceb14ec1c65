import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "../page.css";
import { createApp } from "vue";
import CasePage from "./CasePage.vue";

createApp(CasePage).mount("#app");
