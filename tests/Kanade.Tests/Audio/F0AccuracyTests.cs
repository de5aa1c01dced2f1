using System.Globalization;
using Kanade.Audio;
using Kanade.Tests.Corpus;

namespace Kanade.Tests.Audio;

/// <summary>Eight recordings of the sample corpus against two judges: the F0 that hts_engine 1.10 spoke them with (a value each 5 ms, reached at its
/// end), and Praat 6.3.07, To Pitch (ac): 0.0125, 65, 15, "no", 0.03, 0.45, 0.01, 0.35, 0.14, 800.</summary>
public sealed class F0AccuracyTests
{
    [Theory]
    [InlineData("hts_engine", 0.015, 0.06)]
    [InlineData("praat", 0.005, 0.06)]
    public void F0_agrees_with_the_judge(string judge, double mostGross, double mostVoicing)
    {
        var (frames, both, gross, voicing) = (0, 0, 0, 0);
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Goldens", "f0_judges.tsv")).Select(l => l.Split('\t')).Where(l => l[1] == judge))
        {
            var sound = AudioFile.Read(SampleCorpus.Recording(line[0] + ".flac"));
            var found = new F0Estimator(sound.SampleRate, 300).Estimate(sound.Samples);
            var step = double.Parse(line[2], CultureInfo.InvariantCulture);
            var wanted = line[3].Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray();
            for (var i = 0; i < found.Length && (int)(i * 0.0125 / step) < wanted.Length; i++)
            {
                var truth = wanted[(int)(i * 0.0125 / step)];
                frames++;
                if (truth > 0 != found[i] > 0)
                    voicing++;
                else if (truth > 0)
                    (both, gross) = (both + 1, Math.Abs(found[i] - truth) > 0.2 * truth ? gross + 1 : gross);
            }
        }
        Assert.True(both > 600, $"{both} frames");
        Assert.True(gross <= mostGross * both, $"gross errors: {gross} of {both}");
        Assert.True(voicing <= mostVoicing * frames, $"voicing errors: {voicing} of {frames}");
    }
}
