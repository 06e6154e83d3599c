namespace ShowTell.Reporting;

/// <summary>How plots look.</summary>
internal static class PlotStyle
{
    /// <summary>Series that look different from each other.</summary>
    public const int Colours = 6;

    /// <summary>
    /// The style sheet within a plot. Every rule starts with the plot's class, because inside a page it is the page's
    /// too. Colours are those of Okabe and Ito, which colour-blind readers can tell apart, brighter ones on dark. On a
    /// phone the drawing is half as large and its letters therefore larger. Plain CSS: viewers know no more.
    /// </summary>
    public const string Css = """

        .showtell-plot{max-width:100%;font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-size:13px}
        .showtell-plot .surface{fill:#fff}
        .showtell-plot text{fill:#5a6270}
        .showtell-plot .title{fill:#1b2029;font-size:17px;font-weight:600}
        .showtell-plot .name{fill:#1b2029}
        .showtell-plot .grid,.showtell-plot .axis{fill:none;stroke:#e4e7ec;vector-effect:non-scaling-stroke}
        .showtell-plot .axis{stroke:#9aa3b0}
        .showtell-plot .y-tick{text-anchor:end;font-variant-numeric:tabular-nums}
        .showtell-plot .x-tick,.showtell-plot .x-label,.showtell-plot .y-label,.showtell-plot .empty{text-anchor:middle}
        .showtell-plot .line,.showtell-plot .faint,.showtell-plot .band{fill:none;stroke:currentColor;stroke-width:2.25;stroke-linejoin:round;vector-effect:non-scaling-stroke}
        .showtell-plot .faint{stroke-width:1;stroke-opacity:.35}
        .showtell-plot .band{stroke-width:9;stroke-opacity:.25}
        .showtell-plot .column{fill:currentColor}
        .showtell-plot .dot{fill:currentColor;stroke:#fff;stroke-width:1.5}
        .showtell-plot .series0{color:#0072b2}
        .showtell-plot .series1{color:#d55e00}
        .showtell-plot .series2{color:#008a64}
        .showtell-plot .series3{color:#b0508a}
        .showtell-plot .series4{color:#8a6d00}
        .showtell-plot .series5{color:#4b5563}
        @media (max-width:600px){
        .showtell-plot{font-size:20px}
        .showtell-plot .title{font-size:24px}
        .showtell-plot .dot{r:6px}
        }
        @media (prefers-color-scheme:dark){
        .showtell-plot .surface{fill:#1a1e25}
        .showtell-plot text{fill:#a3acba}
        .showtell-plot .title,.showtell-plot .name{fill:#eceff4}
        .showtell-plot .grid{stroke:#2c323c}
        .showtell-plot .axis{stroke:#6b7482}
        .showtell-plot .dot{stroke:#1a1e25}
        .showtell-plot .series0{color:#56b4e9}
        .showtell-plot .series1{color:#f0993a}
        .showtell-plot .series2{color:#2fc79c}
        .showtell-plot .series3{color:#e59bc8}
        .showtell-plot .series4{color:#f0e442}
        .showtell-plot .series5{color:#c3cad5}
        }

        """;
}
