using System.Globalization;
using Kanade.Audio;
using Kanade.Synthesis;
using Kanade.Training;

namespace Kanade.Cli;

/// <summary>Where alignments go: a line each, or JSON; and files of an output folder.</summary>
sealed class AlignmentOutput(CommandContext context, string? folder, bool plot, bool json, MelConfig mel)
{
    /// <summary>Writes an utterance.</summary>
    /// <param name="speech">Its times.</param>
    /// <param name="samples">(N) its sound.</param>
    public void Add(TimedSpeech speech, float[] samples)
    {
        if (json)
            context.WriteJson(writer => TimeLabels.WriteJson(writer, speech));
        else
            context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{speech.Id}\t{speech.Confidence:F3}\t{speech.PhoneError:P1}\t{string.Join(' ', speech.Phones.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Phone}:{p.StartSeconds:F3}")))}"));
        if (folder is null)
            return;
        // An id holds the path in the corpus.
        var path = Path.Combine(folder, speech.Id.Replace('/', '_'));
        Directory.CreateDirectory(folder);
        File.WriteAllText(path + ".TextGrid", TimeLabels.TextGrid(speech));
        if (plot)
            File.WriteAllBytes(path + ".png", SpeechPlot.Draw(new Waveform(samples, mel.SampleRate), [], [.. speech.Phones.Select(p => new SpeechPlot.Label(p.Symbols, p.StartSeconds))], mel));
    }
}
