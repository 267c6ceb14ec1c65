import { createApp } from "vue";
import App from "./App.vue";
import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "./kiosk.css";

createApp(App).mount("#app");
