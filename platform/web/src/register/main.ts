import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "../page.css";
import { createApp } from "vue";
import RegisterPage from "./RegisterPage.vue";

createApp(RegisterPage).mount("#app");
