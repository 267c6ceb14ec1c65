import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "../page.css";
import { createApp } from "vue";
import ScanPage from "./ScanPage.vue";

createApp(ScanPage).mount("#app");
