namespace Kanade.Audio;

/// <summary>Recordings in any format that can be read here.</summary>
public static class AudioFile
{
    /// <summary>Decodes a whole recording and mixes it to one channel, at the rate it has.</summary>
    /// <exception cref="InvalidDataException">The content is not sound that can be read here; the message says what would help.</exception>
    public static Waveform Read(string path)
    {
        using var reader = AudioReader.Open(path);
        return reader.ReadToEnd();
    }
}
