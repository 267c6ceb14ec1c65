import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import "../../page.css";
import { createApp } from "vue";
import AccountPage from "./AccountPage.vue";

createApp(AccountPage).mount("#app");
