using Kanade.Audio;
using Kanade.Text;
using SkiaSharp;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Synthesis;

/// <summary>A picture of speech: its mel spectrogram, its pitch above it, and where each symbol begins.</summary>
public static class SpeechPlot
{
    const int PixelsPerFrame = 4, BandHeight = 4, PitchHeight = 140, LabelHeight = 28, Margin = 12;
    const float LeastHighestHz = 500;

    // SkiaSharp's own build knows no font manager: fonts are named by file. Without any, the picture has no letters.
    static readonly string[] Fonts =
    [
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
        "/usr/share/fonts/truetype/freefont/FreeSans.ttf",
    ];

    /// <summary>A symbol, and where it begins.</summary>
    /// <param name="Symbols">What is written under it.</param>
    /// <param name="StartSeconds">From the beginning.</param>
    public readonly record struct Label(string Symbols, double StartSeconds);

    /// <summary>Draws synthetic speech.</summary>
    /// <param name="speech">What was spoken.</param>
    /// <param name="mel">How its spectrogram is made.</param>
    /// <returns>A PNG file's bytes.</returns>
    public static byte[] Draw(Speech speech, MelConfig mel)
    {
        var labels = new List<Label>(speech.Ids.Length);
        var frames = 0;
        foreach (var (i, id) in speech.Ids.Index())
        {
            labels.Add(new Label(id == SymbolTable.Pad ? "" : SymbolTable.SymbolsOf([id]), frames * 2 * mel.HopSeconds));
            frames += speech.Frames[i];
        }
        return Draw(speech.Waveform, speech.F0, labels, mel);
    }

    /// <summary>Draws any speech.</summary>
    /// <param name="waveform">The sound.</param>
    /// <param name="f0">(F) Hz, one a mel frame; empty where it is not known.</param>
    /// <param name="labels">In order.</param>
    /// <param name="mel">How its spectrogram is made.</param>
    /// <returns>A PNG file's bytes.</returns>
    public static byte[] Draw(Waveform waveform, float[] f0, IReadOnlyList<Label> labels, MelConfig mel)
    {
        var (values, bands, frames) = Spectrogram(waveform, mel);
        var width = frames * PixelsPerFrame + 2 * Margin;
        var melTop = Margin + PitchHeight;
        var height = melTop + bands * BandHeight + LabelHeight + Margin;
        using var surface = SKSurface.Create(new SKImageInfo(width, height));
        var canvas = surface.Canvas;
        canvas.Clear(SKColors.White);
        DrawSpectrogram(canvas, values, bands, frames, melTop);
        DrawLabels(canvas, labels, frames, mel, melTop + bands * BandHeight);
        DrawPitch(canvas, f0);
        using var image = surface.Snapshot();
        using var png = image.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    static (float[] Values, int Bands, int Frames) Spectrogram(Waveform waveform, MelConfig config)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var spectrogram = new MelSpectrogram(config);
        var mel = spectrogram.Compute(tensor(waveform.Samples).unsqueeze(0))[0];                        // (M, F)
        return (mel.contiguous().data<float>().ToArray(), (int)mel.shape[0], (int)mel.shape[1]);
    }

    static void DrawSpectrogram(SKCanvas canvas, float[] values, int bands, int frames, int top)
    {
        var (low, high) = (values.Min(), Math.Max(values.Max(), values.Min() + 1e-3f));
        using var bitmap = new SKBitmap(frames, bands);
        for (var band = 0; band < bands; band++)
        {
            for (var frame = 0; frame < frames; frame++)
                bitmap.SetPixel(frame, bands - 1 - band, Heat((values[band * frames + frame] - low) / (high - low)));
        }
        canvas.DrawBitmap(bitmap, new SKRect(Margin, top, Margin + frames * PixelsPerFrame, top + bands * BandHeight));
    }

    // Dark to light through violet and orange, with growing lightness so that it reads in grey too.
    static SKColor Heat(float x)
    {
        (float At, float R, float G, float B)[] stops = [(0, 5, 5, 30), (0.3f, 85, 20, 110), (0.6f, 205, 65, 80), (0.85f, 250, 165, 50), (1, 252, 250, 200)];
        var i = 1;
        while (i < stops.Length - 1 && x > stops[i].At)
            i++;
        var (from, to) = (stops[i - 1], stops[i]);
        var t = Math.Clamp((x - from.At) / (to.At - from.At), 0, 1);
        return new SKColor((byte)(from.R + t * (to.R - from.R)), (byte)(from.G + t * (to.G - from.G)), (byte)(from.B + t * (to.B - from.B)));
    }

    static void DrawLabels(SKCanvas canvas, IReadOnlyList<Label> labels, int frames, MelConfig mel, int bottom)
    {
        using var line = new SKPaint { Color = new SKColor(255, 255, 255, 110), StrokeWidth = 1 };
        using var typeface = Fonts.FirstOrDefault(File.Exists) is { } font ? SKTypeface.FromFile(font) : null;
        using var text = new SKPaint { Color = SKColors.Black, TextSize = 14, IsAntialias = true, TextAlign = SKTextAlign.Center, Typeface = typeface };
        for (var i = 0; i < labels.Count; i++)
        {
            var (x, next) = (X(labels[i].StartSeconds), i + 1 < labels.Count ? X(labels[i + 1].StartSeconds) : Margin + frames * PixelsPerFrame);
            canvas.DrawLine(x, Margin + PitchHeight, x, bottom, line);
            if (typeface is not null)
                canvas.DrawText(labels[i].Symbols, (x + next) / 2, bottom + 19, text);
        }
        float X(double seconds) => Margin + (float)(seconds / mel.HopSeconds) * PixelsPerFrame;
    }

    static void DrawPitch(SKCanvas canvas, float[] f0)
    {
        var highest = Math.Max(LeastHighestHz, 100 * MathF.Ceiling(f0.DefaultIfEmpty().Max() / 100));
        using var grid = new SKPaint { Color = new SKColor(225, 225, 225), StrokeWidth = 1 };
        for (var hz = 100; hz <= highest; hz += 100)
            canvas.DrawLine(Margin, Y(hz), Margin + f0.Length * PixelsPerFrame, Y(hz), grid);
        using var line = new SKPaint { Color = new SKColor(20, 90, 180), StrokeWidth = 2.5f, IsAntialias = true };
        for (var i = 1; i < f0.Length; i++)
        {
            if (f0[i - 1] > 10 && f0[i] > 10)
                canvas.DrawLine(Margin + (i - 1) * PixelsPerFrame, Y(f0[i - 1]), Margin + i * PixelsPerFrame, Y(f0[i]), line);
        }

        float Y(float hz) => Margin + PitchHeight * (1 - Math.Clamp(hz / highest, 0, 1));
    }
}
