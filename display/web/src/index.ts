import "@smarthall/ui/tokens.css";
import "@smarthall/ui/reset.css";
import { LinkClient, startLanguage } from "@smarthall/ui";
import { createApp } from "vue";
import ScreensPage from "./ScreensPage.vue";

void startLanguage();
createApp(ScreensPage, { client: new LinkClient().connect() }).mount("#app");
